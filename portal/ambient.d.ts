declare module '*.css?inline' {
  const css: string
  export default css
}

/** The encoder alone: qrcode's main entry drags in PNG writers. */
declare module 'qrcode/lib/core/qrcode.js' {
  export { create } from 'qrcode'
}
