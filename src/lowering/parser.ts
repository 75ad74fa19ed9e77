let p: any;
export async function ensureParser(): Promise<void> {
  p ??= await import("acorn");
}
export function parserLoaded(): boolean {
  return p !== undefined;
}
export function useParser(x: any): void {
  p = x;
}
