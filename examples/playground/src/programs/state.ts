import { i64, Seconds, type State, StateSpec, StreamingContext, utf8 } from "millrace";

const ssc = new StreamingContext({ batchInterval: Seconds(1) });
const lines = ssc.pushStream();

const schema = { type: utf8, wiki: utf8, length: { old: i64, new: i64 } };
const edits = lines.json(schema).filter((change) => change.type === "edit");
const grown = edits
  .map((edit) => [edit.wiki, edit.length.new - edit.length.old])
  .mapValues((bytes) => Math.max(0, bytes));

// How much has been added to each wiki since the program was started.
const totals = grown.mapWithState(
  StateSpec.function(
    (wiki: string, bytes: number | undefined, state: State<number>) => {
      const total = (state.exists() ? state.get() : 0) + (bytes ?? 0);
      state.update(total);
      return [wiki, total];
    },
  ),
);

totals.stateSnapshots().print(16);

ssc.start();
