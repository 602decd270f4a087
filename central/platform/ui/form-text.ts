/** Text fields of a submitted form; a file where text was expected counts as nothing. */
export function formText(event: SubmitEvent): (name: string) => string {
  const form = new FormData(event.currentTarget as HTMLFormElement)
  return (name) => {
    const value = form.get(name)
    return typeof value === 'string' ? value : ''
  }
}
