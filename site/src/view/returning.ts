/** Who comes back from an incident finds the list as it was left: the same rows in sight, the same link in focus. */

interface Place {
  hash: string;
  id: string;
  page: number;
  table: number;
}

let left: Place | null = null;

const frame = (): HTMLElement | null => document.querySelector('.table-frame');

/** Keep where the reader is, when an incident is opened. */
export function leave(id: string): void {
  left = { hash: location.hash, id, page: window.scrollY, table: frame()?.scrollTop ?? 0 };
}

/** Go back to it, if this is the list that was left. */
export function comeBack(): void {
  if (left?.hash !== location.hash) return;
  const { id, page, table } = left;
  left = null;
  frame()?.scrollTo(0, table);
  window.scrollTo(0, page);
  requestAnimationFrame(() => {
    // The rows in sight are drawn now.
    document.querySelector<HTMLElement>(`tbody a[data-id="${CSS.escape(id)}"]`)?.focus({ preventScroll: true });
  });
}
