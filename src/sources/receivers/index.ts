export { type EventSourceOptions, EventSourceReceiver } from "./event-source-receiver.js";
export type { Pausable } from "./message-intake.js";
export { MessageReceiver, type MessageSource } from "./message-receiver.js";
export { type WebSocketOptions, WebSocketReceiver } from "./web-socket-receiver.js";
