// Sends a text over a loopback socket, as often as asked and as fast as it is read, to the first client, then closes.
// Arguments: bytes of the text, how often. Messages: { port }, then { beganMs } when the first byte is about to leave.
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { commonNow } from "../support/child.js";
import { bookText } from "../support/text.js";

const [bytes, times] = process.argv.slice(2).map(Number);
const text = bookText(bytes!);

const server = createServer((client) => {
  server.close();
  client.setNoDelay(true);
  client.on("error", () => {});
  void (async () => {
    process.send!({ beganMs: commonNow() });
    for (let i = 0; i < times!; i++) {
      if (!client.write(text)) await once(client, "drain");
    }
    client.end();
    process.disconnect();
  })();
});
server.listen(0, "127.0.0.1", () => process.send!({ port: (server.address() as AddressInfo).port }));
