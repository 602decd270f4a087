import en from './words/en.json' with { type: 'json' }
import id from './words/id.json' with { type: 'json' }
import { words } from './words.ts'

export const ui = words({ id, en })
