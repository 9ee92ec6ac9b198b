/** Text from data, as it can be shown. */

/** Characters that turn the direction of the text around them or break its line, and those that no font shows. */
// eslint-disable-next-line no-control-regex
const STEERING = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

/** A stranger's text without characters that steer what stands around it; each is shown as �. */
export const shown = (text: string, longest = 500): string => {
  const plain = text.replace(STEERING, '�');
  return plain.length > longest ? `${plain.slice(0, longest - 1)}…` : plain;
};

/** The address if a browser may follow it (http, https), else null. */
export function webAddress(text: string | null | undefined): string | null {
  if (!text || !/^https?:\/\//i.test(text)) return null;
  try {
    const address = new URL(text);
    const isWeb = address.protocol === 'https:' || address.protocol === 'http:';
    return isWeb && !address.username && !address.password ? address.href : null;
  } catch {
    return null;
  }
}
