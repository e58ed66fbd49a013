export * from './bar.ts'
export * from './dollars.ts'
export * from './table.ts'
