import { copyFileSync, mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** The templates as one self-contained module for the box's Node: nothing of node_modules is needed beside it. */
export default defineConfig({
  root: here('.'),
  logLevel: 'warn',
  publicDir: false,
  build: {
    ssr: here('render.tsx'),
    outDir: here('dist'),
    // The film lives in dist/content and is made by another script.
    emptyOutDir: false,
    target: 'node24',
    cssMinify: true,
    rollupOptions: { output: { entryFileNames: 'render.js', format: 'es' } },
  },
  ssr: { noExternal: true },
  plugins: [
    {
      name: 'content',
      writeBundle() {
        mkdirSync(here('dist/content'), { recursive: true })
        copyFileSync(here('content/news.json'), here('dist/content/news.json'))
      },
    },
  ],
})
