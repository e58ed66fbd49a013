export { type CatalogueName, catalogueNames, loadCatalogue } from './load-catalogue.ts'
