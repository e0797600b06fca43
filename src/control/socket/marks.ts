/** Ends every message of the pickle protocol, in both directions. */
export const endMark = '<F2B_END_COMMAND>';

/** A message of this alone ends the connection. */
export const closeMark = '<F2B_CLOSE_COMMAND>';
