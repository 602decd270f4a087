/** The table of contents: every government module, in menu order, listed by hand. */
import { complaints } from './modules/complaints/module.ts'

export const modules = [complaints] as const
