/** In-process fan-out of "something changed" to the screens that are open. Never the only copy of a fact. */
export type Live<Event extends { type: string } = { type: string }> = {
  publish(event: Event): void
  /** @returns a function that ends the subscription. */
  subscribe(listener: (event: Event) => void): () => void
}
