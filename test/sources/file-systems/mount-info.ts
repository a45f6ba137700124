/** Text as of /proc/self/mountinfo: place, type, and options of the file system, each mounted over what is there before it. */
export function mountInfo(mounts: readonly (readonly [place: string, type: string, options?: string])[]): string {
  const lines = mounts.map(([place, type, options = 'rw'], index) => {
    const below = mounts
      .slice(0, index)
      .findLastIndex(([other]) => other === place || `${place}/`.startsWith(`${other === '/' ? '' : other}/`));
    const parent = below === -1 ? 1 : below + 20;
    return `${index + 20} ${parent} 0:${index + 30} / ${place.replaceAll(' ', String.raw`\040`)} rw,relatime shared:${index + 1} - ${type} ${type}-source ${options}\n`;
  });
  return lines.join('');
}
