import { openModel, readModelFile } from './model.ts'

/** The trained model of this package, read once. */
export const shipped = openModel(readModelFile())
