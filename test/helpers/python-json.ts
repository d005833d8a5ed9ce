/** As Python's json.dumps writes it: everything beyond ASCII escaped, a space after each colon and comma. */
export function pythonJson(value: unknown): string {
  const spaced = JSON.stringify(value, null, 1)
    .replaceAll(/([[{])\n */g, "$1")
    .replaceAll(/\n *([\]}])/g, "$1")
    .replaceAll(/\n */g, " ");
  return spaced.replaceAll(
    /[\u0080-\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
