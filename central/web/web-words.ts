import { words } from '../platform/ui/words.ts'
import en from './words/en.json' with { type: 'json' }
import id from './words/id.json' with { type: 'json' }

export const t = words({ id, en })
