import createQrCode from 'qrcode-generator';

/** Quiet zone around the code in modules (ISO/IEC 18004 asks for four). */
const QUIET = 4;

/** A text as a QR code, drawn as one path: black on white in every theme, for cameras. */
export function QrCode(properties: { readonly text: string; readonly label: string }) {
  const code = createQrCode(0, 'M');
  code.addData(properties.text);
  code.make();
  const count = code.getModuleCount();
  const size = count + 2 * QUIET;
  const cells: string[] = [];
  for (let row = 0; row < count; row += 1) {
    for (let column = 0; column < count; column += 1) {
      if (code.isDark(row, column)) cells.push(`M${column + QUIET} ${row + QUIET}h1v1h-1z`);
    }
  }
  return (
    <svg
      role="img"
      aria-label={properties.label}
      viewBox={`0 0 ${size} ${size}`}
      className="size-48 rounded-lg border border-line"
      shapeRendering="crispEdges"
    >
      <rect width={size} height={size} fill="#fff" />
      <path d={cells.join('')} fill="#000" />
    </svg>
  );
}
