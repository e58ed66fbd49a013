export { type CatalogueName, catalogueNames, loadCatalogue } from './load-catalogue.ts'
export { type Overlay, readOverlay } from './overlay.ts'
