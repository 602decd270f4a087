import { createHash } from 'node:crypto'
import css from './portal.css?inline'

/** The whole portal's style, inlined in every page: one response paints the first view. */
export const pageCss: string = css

/** For the page's Content-Security-Policy, `style-src 'sha256-…'`. */
export const inlineStyleHashes: string[] = [`sha256-${createHash('sha256').update(pageCss).digest('base64')}`]
