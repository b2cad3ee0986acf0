declare module 'pouchdb' {
  /** As much of PouchDB as the yardstick uses. */
  export default class PouchDB {
    constructor(name: string);
    bulkDocs(documents: readonly object[]): Promise<unknown>;
    destroy(): Promise<unknown>;
    static replicate(
      source: PouchDB,
      target: PouchDB,
      options: { readonly batch_size: number },
    ): Promise<{ readonly docs_written: number }>;
  }
}
