export type Row = {} | null | undefined | [unknown, unknown];
