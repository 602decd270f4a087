import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** The one script a visitor's phone loads, after paint. Old Android WebViews are still in people's hands. */
export default defineConfig({
  root: here('.'),
  logLevel: 'warn',
  publicDir: false,
  build: {
    outDir: here('dist/assets'),
    emptyOutDir: true,
    target: ['chrome87', 'safari14'],
    modulePreload: false,
    rollupOptions: { input: here('island.ts'), output: { entryFileNames: 'island.js', format: 'es' } },
  },
})
