/** Address and port of a listening socket. */
export type ListenAddress = {readonly host: string; readonly port: number};

/**
 * True for an address that only programs of the same host reach, in the form in which the system writes addresses. False
 * for any other text, also for a name.
 */
export function isLoopbackAddress(address: string): boolean {
  return address === '::1' || /^(?:::ffff:)?127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/i.test(address);
}
