/** Sentences that tell what to do, by their beginning. */
const advising =
  /^(?:[Pp]lease|[Tt]ry|[Cc]onsider|[Uu]se|[Ss]et|[Aa]dd|[Pp]ass|[Ii]nstall|[Ii]ncrease|[Dd]ecrease|[Rr]educe|[Ll]ower|[Rr]aise|[Uu]pgrade|[Uu]pdate|[Ee]nable|[Dd]isable|[Yy]ou (?:can|may|should|need|must)|[Ii]f you|[Tt]o (?:fix|avoid|resolve|use|enable|disable|run|serve|bypass)|[Mm]ake sure|[Ee]nsure|[Rr]un|[Aa]djust|[Cc]hange|[Cc]hoose|[Ss]pecify|[Rr]emove)\b/;
/** Sentences that say what a setting has to be. */
const demanding =
  /\b(?:must|should|has to|needs to|expects? .{1,80} to) be\b|\brequires?\b.{0,120}(?:--|=)|\b(?:one of|choose from|[Ss]upported|[Aa]llowed)\b.{0,40}[[('{]|\bvia --/;
/** Advice that points to another place says nothing. */
const pointing =
  /see (?:the )?(?:stack ?trace|traceback|root cause|log|error)|check the logs|file an issue|report this|for more details\.?$/i;
/** What a sentence names that can be set: an option, a variable, a setting. A statement without one is no advice. */
const settable = /--[a-z]|\b[A-Z][A-Z0-9]*_[A-Z0-9_]+\b|\b[a-z]\w*_\w+|[[('{"`]\w|\w=/;
/** Longest advice that is repeated, in characters. */
const MAX_LENGTH = 300;

/**
 * What an exception itself says about what to set or to do: its own sentences, in their order; null if it says nothing
 * of the kind.
 */
export function engineAdvice(exception: string): string | null {
  // What a function has to be given is for those who wrote the program.
  if (/^TypeError: /.test(exception)) return null;
  const sentences = exception.split(/(?<=[.!?;])\s+/);
  const advice = sentences.filter(
    (sentence, index) =>
      !pointing.test(sentence) &&
      (advising.test(sentence) ||
        (demanding.test(index === 0 ? withoutName(sentence) : sentence) && settable.test(withoutName(sentence)))),
  );
  const text = advice.map((sentence) => withoutName(sentence).trim()).join(' ');
  return text === '' || text.length > MAX_LENGTH ? null : text;
}

/** `ValueError: x` is x. */
function withoutName(sentence: string): string {
  return sentence.replace(/^(?:\w{1,60}\.){0,8}\w{1,60}: /, '');
}
