import http from 'node:http';

export type Answer = {readonly status: number; readonly headers: http.IncomingHttpHeaders; readonly text: string};
export type Question = {
  readonly method?: string;
  readonly body?: string | Buffer;
  readonly headers?: http.OutgoingHttpHeaders;
};

/** Sends one request to the socket and reads the complete answer. */
export function askSocket(
  socketPath: string,
  path: string,
  {method = 'GET', body, headers = {}}: Question = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = http.request({socketPath, path, method, headers, agent: false}, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => resolve({status: response.statusCode ?? 0, headers: response.headers, text}));
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(body);
  });
}
