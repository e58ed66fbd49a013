export * from './artifacts.ts'
