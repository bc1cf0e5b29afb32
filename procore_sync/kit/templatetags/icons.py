"""The few shapes of the console, drawn on a 16 by 16 grid in the colour of the text around them.

Statuses are told apart by shape, so the shapes are ours; everything else comes from the heroicons wheel.
"""

SHAPES: dict[str, str] = {
    "check": '<path d="M3 8.5l3.2 3.2L13 4.8"/>',
    "check-circle": '<circle cx="8" cy="8" r="6.2"/><path d="M5.2 8.3l2 2 3.7-4.2"/>',
    "warning": '<path d="M8 2l6.5 11.5h-13z"/><path d="M8 6.5v3.2M8 11.6v.1"/>',
    "send": '<path d="M2.5 8h10M8.5 4l4 4-4 4"/>',
    "clock": '<circle cx="8" cy="8" r="6"/><path d="M8 4.8V8l2.2 1.6"/>',
    "hourglass": '<path d="M4 2h8M4 14h8M5 2c0 3.5 6 4.5 6 8.5V14M11 2c0 3.5-6 4.5-6 8.5V14"/>',
    "cross": '<path d="M4 4l8 8M12 4l-8 8"/>',
    "ring": '<circle cx="8" cy="8" r="5.5" stroke-dasharray="2.2 2.1"/>',
    "back": '<path d="M6 3L2.8 6.2 6 9.4M3 6.2h6.5a3.4 3.4 0 0 1 0 6.8H6"/>',
    "question": '<path d="M5.2 5.6a2.9 2.9 0 1 1 4.2 2.6C8.4 8.7 8 9.2 8 10.2M8 12.9v.1"/>',
    "stop": '<path d="M5.3 1.8h5.4l3.5 3.5v5.4l-3.5 3.5H5.3l-3.5-3.5V5.3z"/><path d="M8 4.9v3.6M8 11v.1"/>',
    "unequal": '<path d="M3 6h10M3 10h10M11 2.5l-6 11"/>',
    "export": '<path d="M8 10.5V2.2M4.8 5.2L8 2l3.2 3.2M2.5 10v3.5h11V10"/>',
    "import": '<path d="M8 2v8.3M4.8 7.3L8 10.5l3.2-3.2M2.5 10v3.5h11V10"/>',
    "dot": '<circle cx="8" cy="8" r="4.2" fill="currentColor"/>',
    "info": '<circle cx="8" cy="8" r="6.2"/><path d="M8 7.4v3.6M8 4.9v.1"/>',
    "search": '<circle cx="7" cy="7" r="4.5"/><path d="M10.4 10.4L14 14"/>',
    "menu": '<path d="M2 4h12M2 8h12M2 12h12"/>',
    "down": '<path d="M4 6l4 4 4-4"/>',
    "up": '<path d="M4 10l4-4 4 4"/>',
    "left": '<path d="M10 3.5L5.5 8l4.5 4.5"/>',
    "right": '<path d="M6 3.5L10.5 8 6 12.5"/>',
    "plus": '<path d="M8 3v10M3 8h10"/>',
    "minus": '<path d="M3 8h10"/>',
    "link": '<path d="M6.8 9.2l2.4-2.4M7.5 4.8l1.3-1.3a2.6 2.6 0 0 1 3.7 3.7l-1.3 1.3"/>'
    '<path d="M8.5 11.2l-1.3 1.3a2.6 2.6 0 0 1-3.7-3.7l1.3-1.3"/>',
    "out": '<path d="M9 2.5h4.5V7M13 3L7.5 8.5M11.5 9.5v4h-9v-9h4"/>',
    "lock": '<rect x="3.2" y="7" width="9.6" height="6.8" rx="1.2"/><path d="M5.4 7V5a2.6 2.6 0 0 1 5.2 0v2"/>',
    "tray": '<path d="M2 9.5l2-6.3h8l2 6.3v3.8H2zM2 9.5h3.6l.9 1.7h3l.9-1.7H14"/>',
    "file": '<path d="M3.5 1.8h5.7l3.3 3.3v9.1h-9zM9 2v3.4h3.4M5.8 8.3h4.4M5.8 11h4.4"/>',
    "person": '<circle cx="8" cy="5.2" r="2.7"/><path d="M2.8 14a5.2 5.2 0 0 1 10.4 0"/>',
    "building": '<path d="M3.5 14V2.2h6V14M9.5 6.5h3V14M1.8 14h12.4M5.4 5h2.2M5.4 8h2.2M5.4 11h2.2"/>',
    "bell": '<path d="M4 11V7a4 4 0 0 1 8 0v4l1.2 1.6H2.8zM6.6 12.8a1.5 1.5 0 0 0 2.8 0"/>',
    "leave": '<path d="M6.5 2.5h-4v11h4M6.5 8h7M10.8 5.2L13.6 8l-2.8 2.8"/>',
}
