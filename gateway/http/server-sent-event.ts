/** One server-sent event. The data is one line of JSON, or text whose lines are told apart. */
export function serverSentEvent(event: {
  readonly event: string
  readonly id?: number
  readonly data: string
}): string {
  const id = event.id === undefined ? '' : `id: ${event.id}\n`
  const data = event.data
    .split(/\r\n|\r|\n/)
    .map((line) => `data: ${line}\n`)
    .join('')
  return `event: ${event.event}\n${id}${data}\n`
}
