"""The schemas of the API, under the names of Camunda's. Only here are the API's words translated into the engine's."""
