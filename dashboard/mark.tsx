/** The shield, in the colour of the text around it. */
export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
      <path class="mark-shield" d="M16 2 4 6.5v8.3c0 7.2 4.9 12.6 12 15.2 7.1-2.6 12-8 12-15.2V6.5z" />
      <path class="mark-letter" d="m9 12 3.2 9.5L16 13l3.8 8.5L23 12" />
    </svg>
  );
}
