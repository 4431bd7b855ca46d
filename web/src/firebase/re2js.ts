/**
 * Stands in for the package of this name, a seventh of what the page would weigh. Firestore's SDK takes it for regular
 * expressions in pipelines alone, and this page asks for no pipeline; see vite.config.ts.
 */
export const RE2JS = {
  compile(expression: string): never {
    throw new Error(`no regular expression can be asked of Firestore by this page: ${expression}`);
  },
};
