/** True for a line of an HTTP server about one request: method, path and status. */
export function isAccessLine(text: string): boolean {
  return (
    /"(?:GET|POST|PUT|DELETE|HEAD|OPTIONS|PATCH) [^"]{1,2000} HTTP\/\d(?:\.\d)?" \d{3}\b/.test(text) ||
    /\blog_server_r: +(?:request|done request): (?:GET|POST|PUT|DELETE|HEAD|OPTIONS|PATCH) /.test(text)
  );
}
