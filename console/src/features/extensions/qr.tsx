// A QR code as a drawing of this page: nothing is asked of anybody else.
import qrcode from 'qrcode-generator';
import {useMemo} from 'react';

const QUIET = 4; // modules around it, which the standard demands

export function QrCode({value, label, size = 220}: {value: string; label: string; size?: number}) {
	const {path, modules} = useMemo(() => {
		const code = qrcode(0, 'M');

		code.addData(value);
		code.make();
		const count = code.getModuleCount();
		let dark = '';

		for (let row = 0; row < count; row++)
			for (let column = 0; column < count; column++)
				if (code.isDark(row, column))
					dark += `M${column + QUIET} ${row + QUIET}h1v1h-1z`;
		return {path: dark, modules: count + 2 * QUIET};
	}, [value]);

	return (
		<svg viewBox={`0 0 ${modules} ${modules}`} width={size} height={size} role="img" aria-label={label} shapeRendering="crispEdges">
			<rect width={modules} height={modules} fill="#fff" />
			<path d={path} fill="#000" />
		</svg>
	);
}
