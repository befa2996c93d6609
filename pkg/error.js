/** Why there is no video, or no answer. */
export class KonproError extends Error {
  /**
   * @param {string} code one of KonPro's or the proxy's codes, or `UNREACHABLE`
   * @param {string} message a sentence for a developer
   * @param {string} [requestId] the proxy's name for the request
   * @param {boolean} [retryable] whether the same may well succeed later
   */
  constructor(code, message, requestId, retryable = false) {
    super(message);
    this.name = 'KonproError';
    this.code = code;
    this.requestId = requestId;
    this.retryable = retryable;
  }
}
