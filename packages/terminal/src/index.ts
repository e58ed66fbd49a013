export * from './dollars.ts'
export * from './table.ts'
