/** Where records come from on the web, where the host has it; an absent member is what it lacks. */
export interface WebSources {
  /** Asks a server over HTTP. */
  readonly fetch?: typeof fetch;
  /** Makes a socket to a server. */
  readonly WebSocket?: new (
    url: string,
    protocols?: string[],
  ) => WebSocket;
  /** Makes a channel among all of an origin. */
  readonly BroadcastChannel?: new (
    name: string,
  ) => BroadcastChannel;
}

/** What this host has. */
export function webSources(): WebSources {
  const { fetch, WebSocket, BroadcastChannel } = globalThis;
  return {
    // Called as a method of something else hosts refuse it.
    ...(fetch && { fetch: (...request) => fetch(...request) }),
    ...(WebSocket && { WebSocket }),
    ...(BroadcastChannel && { BroadcastChannel }),
  };
}
