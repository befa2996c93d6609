// `?gallery` shows every state of the widget instead of the hotel.
if (new URLSearchParams(location.search).has('gallery')) {
  document.body.replaceChildren();
  import('./gallery/gallery.js');
}
