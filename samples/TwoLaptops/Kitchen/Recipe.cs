namespace TwoLaptops.Kitchen;

public sealed class Recipe
{
    public Guid Id { get; set; }

    public required string Title { get; set; }

    public int Serves { get; set; }

    public int Minutes { get; set; }

    public int Stars { get; set; }

    public string? Notes { get; set; }

    public List<Ingredient> Ingredients { get; } = [];
}
