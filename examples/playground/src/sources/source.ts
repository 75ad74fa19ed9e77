/** What a batch gets: whole lines, as bytes. */
export interface Lines {
  readonly chunks: readonly Uint8Array<ArrayBuffer>[];
  readonly count: number;
  /** Nothing more will come. */
  readonly isLast: boolean;
}

export interface Source {
  /** In a sentence, for people. */
  readonly about: string;
  /** Whether this is instead of what was asked for. */
  readonly isFallback: boolean;
  /** A line as it comes. */
  readonly sample: string;
  /** The next lines, at most `countMax`; fewer where no more are there. */
  take(countMax: number): Promise<Lines>;
  close(): void;
}
