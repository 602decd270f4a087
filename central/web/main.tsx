import { render } from 'preact'
import '#portal/look/tokens.css'
import '../platform/ui/base.css'
import './shell.css'
import { language } from '../platform/ui/language.ts'
import { showTheme, theme } from '../platform/ui/theme.ts'
import { App } from './app.tsx'

document.documentElement.lang = language.value
showTheme(theme.value)
const root = document.getElementById('app')
if (root) render(<App />, root)
