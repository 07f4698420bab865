// Draws the documentation of the API. Nothing of it leaves this host: no validator, no remembered key.
const place = document.getElementById("api-docs");
SwaggerUIBundle({ url: place.dataset.document, domNode: place, validatorUrl: null, deepLinking: true, persistAuthorization: false });
