type Attributes = Readonly<Record<string, string | boolean>>;

/** A new element with attributes and children. Text is always text, never markup. */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== false) made.setAttribute(key, value === true ? '' : value);
  }
  made.append(...children);
  return made;
}

const SVG = 'http://www.w3.org/2000/svg';

/** The sign of the product. */
export function mark(): HTMLElement {
  const picture = document.createElementNS(SVG, 'svg');
  picture.setAttribute('viewBox', '0 0 16 16');
  picture.setAttribute('class', 'size-6');
  picture.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', 'M8 2.2 13 4v4.1c0 2.9-2 4.9-5 5.9-3-1-5-3-5-5.9V4z');
  for (const [key, value] of [
    ['fill', 'none'],
    ['stroke', 'currentColor'],
    ['stroke-width', '1.4'],
    ['stroke-linejoin', 'round'],
  ] as const) {
    path.setAttribute(key, value);
  }
  picture.append(path);
  const box = element('div', {
    class:
      'mb-5 flex size-10 items-center justify-center rounded-xl bg-(--solid) text-(--on-solid)',
  });
  box.append(picture);
  return box;
}
