/* What every keyboard shortcut asks first: is the writer in the middle of composing a word? */

/** True while an input method composes; Enter then belongs to the input method (key code 229: Safari, older engines). */
export function isComposing(event) {
  return event.isComposing || event.keyCode === 229;
}

/** True for Ctrl+Enter, or Command+Enter on a Mac; never a bare Enter, and never while composing. */
export function isSubmitChord(event) {
  return event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.altKey && !event.repeat && !isComposing(event);
}

/** True where a plain letter is text and not a shortcut. */
export function isWriting(target) {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches("input:not([type=checkbox], [type=radio]), textarea, select"));
}
