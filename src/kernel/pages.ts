/** The unit in which memories of WebAssembly grow. */
export const PAGE_BYTES = 65_536;
/** The most a memory can have: the last page of 4 GiB is left out, so that no end address wraps to zero. */
export const PAGES_MAX = 65_535;
