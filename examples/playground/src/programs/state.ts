import { i64, Seconds, type State, StateSpec, StreamingContext, utf8 } from "millrace";

const ssc = new StreamingContext({ batchInterval: Seconds(1) });
const lines = ssc.pushStream();

const edits = lines.json({ wiki: utf8, length: { old: i64, new: i64 } });
const grown = edits.map((edit) => [edit.wiki, Math.max(0, edit.length.new - edit.length.old)]);

// How much each wiki has grown since the program was started.
const totals = grown.mapWithState(
  StateSpec.function((wiki: string, bytes: number | undefined, state: State<number>) => {
    const total = (state.exists() ? state.get() : 0) + (bytes ?? 0);
    state.update(total);
    return [wiki, total];
  }),
);

totals.stateSnapshots().print(16);

ssc.start();
