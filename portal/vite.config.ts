import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

type Local = Record<string, string>

/** Written card by card, side by side in all languages; read by the box one language at a time. */
function newsByLanguage() {
  const cards = JSON.parse(readFileSync(here('content/news.json'), 'utf8')) as {
    id: string
    icon: string
    tag: Local
    title: Local
    text: Local
  }[]
  const inLanguage = (language: string) =>
    cards.map(({ id, icon, tag, title, text }) => ({ id, icon, tag: tag[language], title: title[language], text: text[language] }))
  return Object.fromEntries(['id', 'en', 'jv'].map((language) => [language, inLanguage(language)]))
}

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
        writeFileSync(here('dist/content/news.json'), JSON.stringify(newsByLanguage()))
      },
    },
  ],
})
