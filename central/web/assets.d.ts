/** Vite turns these imports into files; TypeScript only needs to know that they exist. */
declare module '*.css'
