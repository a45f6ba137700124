/** One server-sent event. */
export type ServerSentEvent = {readonly name: string; readonly data: string};

/** Text chunks in, whole events out (the event-stream format of the HTML standard, as far as Gantry's server uses it). */
export function createEventParser(): {readonly push: (chunk: string) => readonly ServerSentEvent[]} {
  let rest = '';
  return {
    push(chunk) {
      rest += chunk;
      const blocks = rest.split('\n\n');
      rest = blocks.pop() ?? '';
      return blocks.flatMap(parseBlock);
    },
  };
}

function parseBlock(block: string): ServerSentEvent[] {
  let name = 'message';
  const data: string[] = [];
  for (const line of block.split('\n')) {
    if (line.startsWith('event: ')) name = line.slice('event: '.length);
    if (line.startsWith('data: ')) data.push(line.slice('data: '.length));
  }
  return data.length === 0 ? [] : [{name, data: data.join('\n')}];
}
