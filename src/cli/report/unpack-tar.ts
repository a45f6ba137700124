const BLOCK_BYTES = 512;

/**
 * The contents of one plain file of a ustar archive, such as `packTar` writes: the first whose name ends so. Null if there is
 * none, or the archive is cut off before its end.
 */
export function fileInTar(archive: Buffer, nameEnd: string): Buffer | null {
  for (let at = 0; at + BLOCK_BYTES <= archive.length; ) {
    const header = archive.subarray(at, at + BLOCK_BYTES);
    const name = textOf(header, 0, 100);
    const sizeBytes = Number.parseInt(textOf(header, 124, 12), 8);
    // Two empty blocks are the end.
    if (name === '' || !Number.isSafeInteger(sizeBytes) || sizeBytes < 0) return null;
    const start = at + BLOCK_BYTES;
    const type = textOf(header, 156, 1);
    const isFile = type === '0' || type === '';
    if (isFile && name.endsWith(nameEnd))
      return start + sizeBytes <= archive.length ? archive.subarray(start, start + sizeBytes) : null;
    at = start + Math.ceil(sizeBytes / BLOCK_BYTES) * BLOCK_BYTES;
  }
  return null;
}

/** True if the bytes begin with the header of a ustar archive. */
export function isTar(bytes: Buffer): boolean {
  return bytes.length >= BLOCK_BYTES && bytes.toString('latin1', 257, 262) === 'ustar';
}

/** A field of a header: it ends with a NUL or a space, or fills its place. */
function textOf(header: Buffer, start: number, length: number): string {
  const field = header.toString('latin1', start, start + length);
  const end = field.indexOf('\0');
  return (end === -1 ? field : field.slice(0, end)).trim();
}
