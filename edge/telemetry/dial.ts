/** An MQTT client over plain TCP, or over a road that must first prove whose it is. */
import { connect, MqttClient, type IClientOptions } from 'mqtt'
import type { Fault, SecureRoad } from '../identity/secure-road.ts'

export type Dialled = {
  client: MqttClient
  /** Begins to connect, where that does not happen by itself. @param onFault called instead of any event of the client's. */
  begin(onFault: (reason: string) => void): void
  explain(error: Fault): string
  /** Ends it, whatever state it is in. */
  end(): void
}

const plainWords = ({ message, code }: Fault) => message || String(code ?? 'connection error')

export function dial(url: string, options: IClientOptions, road: SecureRoad | undefined): Dialled {
  if (!road) {
    const client = connect(url, options)
    return { client, begin: () => undefined, explain: plainWords, end: () => client.end(true) }
  }
  let socket: Awaited<ReturnType<SecureRoad['open']>> | undefined
  let over = false
  const client = new MqttClient(() => socket!, { ...options, manualConnect: true })
  return {
    client,
    begin(onFault) {
      road.open().then(
        (opened) => {
          if (over) return void opened.destroy()
          socket = opened
          client.connect()
        },
        (error: Error) => onFault(error.message),
      )
    },
    explain: road.explain,
    end() {
      over = true
      // A client that never had a stream cannot be ended.
      if (socket) client.end(true)
    },
  }
}
